-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: db7    Database: clinic
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;

DROP TABLE IF EXISTS `patients`;
CREATE TABLE `patients` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `mrn` varchar(20) DEFAULT NULL,
  `first_name` varchar(40) DEFAULT NULL,
  `last_name` varchar(40) DEFAULT NULL,
  `dob` date DEFAULT NULL,
  `ssn` char(9) DEFAULT NULL,
  `dx_code` varchar(8) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `mrn` (`mrn`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

LOCK TABLES `patients` WRITE;
INSERT INTO `patients` VALUES (101,'4471920','Karen','Morgan','1971-03-14','447208813','E11.9'),(102,'4471957','Luis','Ortega','1958-11-02','518330467','I10'),(103,'4471994','Priya','Nair','1984-07-29','622451908','J45.909'),(104,'4472031','Thomas','O\'Dell','1949-01-17','334920716','N18.30'),(105,'4472068','Wei','Zhang','1990-09-05','219673345','F41.1'),(106,'4472105','Grace','Adeyemi','1966-05-23','507118842','E03.9'),(107,'4472142','Daniel','Whitaker','1978-12-11','428905573','M54.50'),(108,'4472179','Rosa','Delgado','1953-08-30','561740229','I48.91');
UNLOCK TABLES;

DROP TABLE IF EXISTS `rooms`;
CREATE TABLE `rooms` (
  `id` int(11) NOT NULL,
  `ward` varchar(20) DEFAULT NULL,
  `beds` int(11) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO `rooms` VALUES (1,'North',12),(2,'North',8),(3,'South',20);
-- Dump completed on 2026-05-06  2:00:14
